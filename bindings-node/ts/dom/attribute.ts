/** How attributes and properties of an element are set, and when what somebody types is let be. */

/** The namespaces of attributes that have one. */
const NAMESPACES = [['xlink:', 'http://www.w3.org/1999/xlink'], ['xml:', 'http://www.w3.org/XML/1998/namespace']] as const
/** The namespace of HTML. @internal */
export const HTML = 'http://www.w3.org/1999/xhtml'

/** Kinds of `input` whose value is not typed. */
const CHOSEN = new Set(['button', 'checkbox', 'color', 'file', 'hidden', 'image', 'radio', 'range', 'reset', 'submit'])

/** Sets an attribute, or takes it away. @internal */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) {
    element.removeAttribute(name)
    return
  }
  const [, namespace] = NAMESPACES.find(([prefix]) => name.startsWith(prefix)) ?? []
  if (namespace !== undefined && element.namespaceURI !== HTML) {
    element.setAttributeNS(namespace, name, value)
    return
  }
  try {
    element.setAttribute(name, value)
  } catch {
    // HTML can say more names than a program may.
    const holder = element.ownerDocument.createElement('template')
    holder.innerHTML = `<i ${name}></i>`
    const attribute = holder.content.firstElementChild?.attributes[0]?.cloneNode() as Attr | undefined
    if (attribute === undefined) return
    attribute.value = value
    element.setAttributeNode(attribute)
  }
}

/** What a property is of an element that was just made. */
function initial(element: Element, name: string): unknown {
  const { ownerDocument: document, namespaceURI, localName } = element
  return (document.createElementNS(namespaceURI, localName) as unknown as Record<string, unknown>)[name]
}

function isTyped(element: Element): element is HTMLInputElement | HTMLTextAreaElement {
  return element.localName === 'textarea' || (element.localName === 'input' && !CHOSEN.has((element as HTMLInputElement).type))
}

function hasFocus(element: Element): boolean {
  return (element.getRootNode() as Document | ShadowRoot).activeElement === element
}

/** The fields of a form, whatever one of them is called. */
function fieldsOf(form: Element): Iterable<Element> {
  const { HTMLFormElement } = form.ownerDocument.defaultView as unknown as typeof globalThis
  const elements = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements')?.get
  return form instanceof HTMLFormElement ? (elements?.call(form) as Iterable<Element>) : []
}

/** What is known of a field that somebody types into. */
interface Typed {
  /** What is shown when that ends. */
  waits?: string
  /** It has ended: the form is being sent. */
  isSent?: boolean
}

/**
 * The properties of elements, and what somebody is typing into them.
 *
 * What is typed stays until the field tells that it changed, or its form is sent, whatever is rendered meanwhile: that may be
 * an answer to the characters before. What the page's own action makes of an event of the field shows at once.
 *
 * @internal
 */
export class Properties {
  readonly #typed = new WeakMap<Element, Typed>()
  /** Which properties were set. */
  readonly #given = new WeakMap<Element, Set<string>>()
  /** What was chosen of lists whose choices may come later. */
  readonly #chosen = new Map<HTMLSelectElement, string>()
  /** The field of whose event an action makes something. */
  acting: EventTarget | null = null

  /** Sets a property to what JSON tells, or to what it was at first. */
  set(element: Element, property: string, json: string | null): void {
    const name = property.slice(1)
    const value: unknown = json === null ? initial(element, name) : JSON.parse(json)
    this.#note(element, property)
    if (name === 'value' && (isTyped(element) || element.localName === 'select')) {
      this.#setValue(element as HTMLInputElement, value === null ? '' : String(value))
      return
    }
    const bag = element as unknown as Record<string, unknown>
    if (!Object.is(bag[name], value)) bag[name] = value
  }

  #note(element: Element, property: string): void {
    const given = this.#given.get(element)
    if (given === undefined) this.#given.set(element, new Set([property]))
    else given.add(property)
  }

  #setValue(field: HTMLInputElement, value: string): void {
    if (field.localName === 'select') this.#chosen.set(field as unknown as HTMLSelectElement, value)
    const typed = this.#typed.get(field)
    const isHeld = typed !== undefined && typed.isSent !== true && field !== this.acting && hasFocus(field)
    if (isHeld && field.value !== value) {
      typed.waits = value
      return
    }
    delete typed?.waits
    if (field.value !== value) field.value = value
  }

  /** The properties that an element was given. */
  givenTo(element: Element): Iterable<string> {
    return this.#given.get(element) ?? []
  }

  /** Chooses again where the choice has come meanwhile. */
  chooseAgain(): void {
    for (const [select, value] of this.#chosen) {
      if (!select.isConnected) this.#chosen.delete(select)
      else if (select.value !== value && [...select.options].some((option) => option.value === value)) select.value = value
    }
  }

  /** A field of a page that was there before: somebody may be typing into it already. */
  found(element: Element): void {
    if (isTyped(element) && hasFocus(element) && element.value !== element.defaultValue) this.#typed.set(element, {})
  }

  /** Hears of an event before those who act on it. */
  before({ type, target }: Event): void {
    const element = target as Element
    if (type === 'input' && isTyped(element) && !this.#typed.has(element)) this.#typed.set(element, {})
    if (type === 'change') this.#chosen.delete(element as HTMLSelectElement)
    if (type !== 'submit') return
    for (const field of fieldsOf(element)) {
      const typed = this.#typed.get(field)
      if (typed !== undefined) typed.isSent = true
    }
  }

  /** Hears of an event after those who act on it: a field that changed, or has the focus no more, shows what is rendered. */
  after({ type, target }: Event): void {
    const ended = type === 'submit' ? fieldsOf(target as Element) : type === 'change' || type === 'focusout' ? [target as Element] : []
    for (const field of ended) {
      const typed = this.#typed.get(field)
      this.#typed.delete(field)
      if (typed?.waits !== undefined) (field as HTMLInputElement).value = typed.waits
    }
  }
}
