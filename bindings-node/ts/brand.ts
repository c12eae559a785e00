/** Which objects count as of a class: those of every copy of the package in the process, as a program may load two. */

/**
 * Has `instanceof` know the objects of this class of any copy.
 *
 * Classes of the application that extend it are told apart as usual.
 *
 * @internal
 */
export function brand(constructor: { readonly prototype: object }, name: string): void {
  const mark = Symbol.for(`syncline.${name}`)
  Object.defineProperty(constructor.prototype, mark, { value: true })
  Object.defineProperty(constructor, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== constructor) return Function.prototype[Symbol.hasInstance].call(this as () => void, value)
      return typeof value === 'object' && value !== null && mark in value
    },
  })
}
