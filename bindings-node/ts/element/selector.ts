/** Which changes of a page may have a selector find another element. */

/** Pseudo-classes that depend on which elements there are, and on what stands in their brackets. */
const STRUCTURAL = /^(not|is|where|has|root|scope|(nth|first|last|only)-[a-z-]+)$/

/**
 * The attributes that a selector looks at; `undefined` where that may be any.
 *
 * Rather more than fewer: what is named in vain costs a look.
 *
 * @internal
 */
export function attributesIn(selector: string): string[] | undefined {
  // Escapes and namespaces are left to the page.
  if (selector.includes('\\') || /\[[^\]=]*\|(?!=)/.test(selector)) return undefined
  for (const [, name = ''] of selector.matchAll(/:+([a-z-]+)/gi)) if (!STRUCTURAL.test(name.toLowerCase())) return undefined
  const names = new Set<string>()
  if (selector.includes('.')) names.add('class')
  if (selector.includes('#')) names.add('id')
  // In documents of HTML, names are written in small letters.
  for (const [, name = ''] of selector.matchAll(/\[\s*([^\]=~|^$*\s]+)/g)) names.add(name).add(name.toLowerCase())
  return [...names]
}
