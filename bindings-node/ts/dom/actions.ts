/** Which functions of a page act on the events of a view: those that its elements name. */

import { errorOf } from '../errors.js'
import type { Room } from '../room.js'
import type { RoomView } from '../view/watching.js'
import type { Page } from './page.js'

/** What an element says for events of a type, such as `data-on-click="add"`. */
const PREFIX = 'data-on-'

/** Events that only their target hears. */
const ALONE = new Set(['blur', 'error', 'focus', 'load', 'mouseenter', 'mouseleave', 'pointerenter', 'pointerleave', 'scroll', 'toggle'])

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
    const capture = ALONE.has(type)
    const hear = (event: Event): void => {
      if (this.#page.isBusy && FOCUS.has(type)) return
      this.#hear(event, type, capture)
      this.#page.properties.after(event)
    }
    this.#page.element.addEventListener(type, hear, { capture, signal: this.#end.signal })
  }

  /** Calls what the target names, and what is around it. */
  #hear(event: Event, type: string, isAlone: boolean): void {
    for (let node = event.target as Node | null; node !== null && node !== this.#page.element; node = node.parentNode) {
      const element = node as HTMLElement
      const action = node.nodeType === 1 ? element.getAttribute(PREFIX + type) : null
      if (action !== null) {
        // A form that acts is not sent anywhere.
        if (type === 'submit') event.preventDefault()
        this.#act(event, element, action)
      }
      if (isAlone || event.cancelBubble) return
    }
  }
}

/** The action of this name. @internal */
export function actionOf(actions: Actions, name: string): Actions[string] {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (typeof action === 'function') return action
  throw errorOf('NotFound', `one of the actions ${Object.keys(actions).join(', ') || '(none)'}`, name)
}
