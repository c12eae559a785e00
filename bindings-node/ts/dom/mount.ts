/** A view of a room, shown in an element of a page. */

import { dispose } from '../dispose.js'
import { checkNames, invalid } from '../refusal.js'
import type { Room } from '../room.js'
import { again, type RoomView, watch } from '../view/watching.js'
import { actionOf, type Actions, Listeners, mounted } from './actions.js'
import { Page } from './page.js'

/** How a view is shown. */
export interface MountOptions {
  /** What the page does when an element says so: `<button data-on-click="add">` calls `add`. */
  actions?: Actions | undefined
}

/** A view that is shown in an element; see {@link mount}. */
export class Mount implements Disposable {
  readonly element: Element
  readonly room: Room
  /** What is shown, with its events and metrics. */
  readonly view: RoomView
  readonly #page: Page
  readonly #listeners: Listeners
  readonly #forget: () => void
  #isWhole = false

  /** Use {@link mount}. @internal */
  constructor(room: Room, name: string, element: Element, actions: Actions) {
    this.room = room
    this.element = element
    this.view = watch(room, name)
    mounted.add(element)
    this.#page = new Page(element)
    this.#listeners = new Listeners(this.#page, (event, target, action) => {
      if (!this.view.closed) void actionOf(actions, action)({ event, element: target, room, view: this.view })
    })
    this.#page.named = (attribute) => { this.#listeners.named(attribute) }
    this.#forget = this.view.on('change', ({ bytes }) => { this.#take(bytes) })
    this.view.on('ended', ({ code }) => {
      const message = `the view ${name} is not told any more: what is shown of it stays, and acts no more`
      room.session.log.warn({ event: 'viewEnded', message, room: room.name, code })
      this.close()
    })
  }

  /** Fulfilled when the view is shown; see {@link RoomView.ready}. */
  get ready(): Promise<void> {
    return this.view.ready
  }

  /** Shows nothing more, and acts on nothing; what is in the element stays. A second call does nothing. */
  close(): void {
    mounted.delete(this.element)
    this.#forget()
    this.#listeners.end()
    this.view.close()
  }

  [dispose](): void {
    this.close()
  }

  #take(bytes: Uint8Array): void {
    try {
      this.#page.take(bytes)
      this.#isWhole = true
    } catch (error) {
      if (!this.#isWhole) throw error
      // Somebody else changed what is in the element: all of it is asked for again, and what fits stays.
      this.#isWhole = false
      const message = `the view ${this.view.name} is shown anew, as something else changed its nodes`
      this.room.session.log.warn({ event: 'viewMended', message, room: this.room.name, error })
      this.view[again]()
    }
  }
}

/**
 * Shows a view of a room in an element: what a server renders, and at once what follows from edits made here.
 *
 * Where the element has the view's HTML in it already, as `Server.html` gives it, that is kept, with what somebody has typed or
 * focused; from then on only what is otherwise is touched.
 *
 * @throws {SynclineError} what {@link watch} throws, and `InvalidArgument` for what is no element.
 *
 * @example
 * const cart = mount(room, 'cart', document.querySelector('#cart'), {
 *   actions: { add: ({ element }) => room.add(`cart/${element.dataset.id}`, 1) },
 * })
 * await cart.ready
 */
export function mount(room: Room, name: string, element: Element, options: MountOptions = {}): Mount {
  if (typeof room !== 'object' || room === null || !('session' in room)) throw invalid('a room', room === null ? 'null' : typeof room)
  checkNames('options of a mount', options, ['actions'])
  const { actions = {} } = options
  if (typeof actions !== 'object' || actions === null) throw invalid('functions by name as actions', typeof actions)
  for (const [action, act] of Object.entries(actions)) if (typeof act !== 'function') throw invalid(`a function as the action ${action}`, typeof act)
  if ((element as Element | null)?.nodeType !== 1) throw invalid('an element', element === null ? 'null' : typeof element)
  return new Mount(room, name, element, actions)
}
