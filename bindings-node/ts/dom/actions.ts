/** Which functions of a page act on the events of a view: those that its elements name. */

import { errorOf } from '../errors.js'
import type { Room } from '../room.js'
import type { RoomView } from '../view/watching.js'
import type { Page } from './page.js'

/** What an element says for events of a type, such as `data-on-click="add"`. */
const PREFIX = 'data-on-'

/** Events that are heard on their way up; all others are heard on their way down, as some go up and some do not. */
const RISING = new Set(
  'click dblclick auxclick contextmenu input beforeinput change submit reset keydown keyup focusin focusout mousedown mouseup mousemove mouseover mouseout pointerdown pointerup pointermove pointerover pointerout pointercancel touchstart touchend touchmove touchcancel wheel drag dragstart dragend dragenter dragleave dragover drop copy cut paste compositionstart compositionupdate compositionend'.split(' '),
)

/** Events of what has the focus. */
const FOCUS = new Set(['blur', 'focus', 'focusin', 'focusout'])

/** An event of an element that names an action. */
export interface ActionEvent<T extends Event = Event> {
  readonly event: T
  /** The element that names the action. */
  readonly element: HTMLElement
  readonly room: Room
  readonly view: RoomView
}

/** What a page does by its name: `data-on-click="add"` calls `add`. */
export type Actions = Readonly<Record<string, (event: ActionEvent<any>) => unknown>>

/** Events by which it is known what somebody types. */
const TYPING = ['input', 'change', 'submit', 'focusout']

/** @internal */
export class Listeners {
  readonly #page: Page
  readonly #act: (event: Event, element: HTMLElement, action: string) => void
  readonly #types = new Set<string>()
  readonly #end = new AbortController()

  constructor(page: Page, act: (event: Event, element: HTMLElement, action: string) => void) {
    this.#page = page
    this.#act = act
    const { signal } = this.#end
    for (const type of TYPING) {
      page.element.addEventListener(type, (event) => { page.properties.before(event) }, { capture: true, signal })
      this.#listen(type)
    }
  }

  /** An attribute of this name may be in the page from now on. */
  named(name: string): void {
    if (name.startsWith(PREFIX)) this.#listen(name.slice(PREFIX.length))
  }

  end(): void {
    this.#end.abort()
  }

  #listen(type: string): void {
    if (type === '' || this.#types.has(type)) return
    this.#types.add(type)
    const capture = !RISING.has(type)
    const hear = (event: Event): void => {
      if (this.#page.isBusy && FOCUS.has(type)) return
      const { properties } = this.#page
      properties.acting = event.target
      try {
        this.#hear(event, type)
      } finally {
        properties.after(event)
        // What follows from an edit is shown in a microtask, which the edit has queued.
        queueMicrotask(() => { properties.acting = null })
      }
    }
    this.#page.element.addEventListener(type, hear, { capture, signal: this.#end.signal })
  }

  /** Calls what the target names, and what is around it. */
  #hear(event: Event, type: string): void {
    const { element: root } = this.#page
    const { Element } = root.ownerDocument.defaultView as unknown as typeof globalThis
    let named: [element: HTMLElement, action: string][] = []
    // By the path, and not by properties: a field of a form may be called like one.
    const path = event.composedPath()
    for (const node of path.slice(path.indexOf(event.target as EventTarget))) {
      if (node === root || !(node instanceof Element)) break
      const action = Element.prototype.getAttribute.call(node, PREFIX + type)
      if (action !== null) named.push([node as HTMLElement, action])
      // What is in another view is that view's, and what is in HTML that was let in as it is nobody's.
      if (mounted.has(node) || this.#page.isRaw(node)) named = []
      if (!event.bubbles) break
    }
    for (const [element, action] of named) {
      // A form that acts is not sent anywhere.
      if (type === 'submit') event.preventDefault()
      this.#act(event, element, action)
      if (event.cancelBubble) return
    }
  }
}

/** The elements in which views are shown. @internal */
export const mounted = new WeakSet<object>()

/** The action of this name. @internal */
export function actionOf(actions: Actions, name: string): Actions[string] {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (typeof action === 'function') return action
  throw errorOf('NotFound', `one of the actions ${Object.keys(actions).join(', ') || '(none)'}`, name)
}
