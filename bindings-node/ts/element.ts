/**
 * What elements of a page are, as values: to subscribe to, or to sync.
 *
 * For pages. Importing it does nothing, also where there is no page.
 *
 * @packageDocumentation
 */

import { checkType, invalid } from './refusal.js'
import { ElementGroup } from './element/group.js'
import { ElementObservation } from './element/observation.js'
import { checkSelector, checkTarget, type ObserveOptions, planOf, rootOf, type WatchOptions } from './element/options.js'
import { type ElementShape, isElement, type PageElement } from './element/shape.js'
import { PresenceSink, RoomSink, type Sink, type SinkHost, type StateRoom } from './element/sink.js'
import { ofElement, ofSelector } from './element/source.js'

export type { ViewOptions } from './element/crossings.js'
export type { ElementGroup } from './element/group.js'
export type { ElementObservation } from './element/observation.js'
export type { ObservationStatus, ObserveOptions, Target, WatchOptions } from './element/options.js'
export type { Pause } from './element/quiet.js'
export type { ElementShape, PageElement, RootShape } from './element/shape.js'
export type { StatePresence, StateRoom } from './element/sink.js'
export type { Bounds, ElementPatch, ElementState } from './element/state.js'

/**
 * Observes an element, or the first that a selector finds, now or later.
 *
 * With `room` and `key`, its state is set once and then merged, member by member, once for each burst of changes; with
 * `presence` and `field`, it is a member of what this client shows of itself; with neither it is told to `subscribe` only.
 *
 * Throws `InvalidArgument` where there is no document, and `ClosedError` for a room that is closed. What the room refuses
 * later goes to `onError`.
 *
 * @example
 * const seen = observe('#checkout', { room: client.room('page-1'), key: 'elements/checkout' })
 * @example
 * const card = observe(element, { attributes: ['data-state'] })
 * const forget = card.subscribe(() => console.log(card.value.isIntersecting))
 */
export function observe(target: string | ElementShape, options: ObserveOptions = {}): ElementObservation {
  const plan = planOf('options of observe', options, ['room', 'key', 'presence', 'field'])
  checkTarget(options)
  const { room, key, presence, field } = options
  const open = (host: SinkHost): Sink | undefined => {
    if (room !== undefined) return new RoomSink(room, key, host)
    return presence === undefined ? undefined : new PresenceSink(presence, field, host)
  }
  if (typeof target !== 'string') {
    if (!isElement(target)) throw invalid('an element or a selector', target === null ? 'null' : `a value of type ${typeof target}`)
    return new ElementObservation(ofElement(target), target, plan, open)
  }
  const root = rootOf(options.within)
  checkSelector(root, target)
  return new ElementObservation(ofSelector(root, target), root, plan, open)
}

/** How all elements that a selector finds are observed, and which keys their states are. */
export interface ObserveAllOptions extends WatchOptions {
  /** Where the states are written. */
  room: StateRoom
  /** What their keys begin with. */
  prefix: string
  /** What a key ends with: asked once of each element, and another for each. */
  id: (element: PageElement) => string
}

/**
 * Observes every element that a selector finds, now and later, each under the key `prefix` and what `id` says of it. The
 * key of one that is found no more is taken out of the room; another element of the same id goes on in its place.
 *
 * Throws as {@link observe} does; of two elements with one id, the second goes to `onError`.
 *
 * @example
 * observeAll('li.task', { room, prefix: 'task/', id: (element) => element.id })
 */
export function observeAll(selector: string, options: ObserveAllOptions): ElementGroup {
  const plan = planOf('options of observeAll', options, ['room', 'prefix', 'id'])
  const { room, prefix, id } = options
  checkType('selector', selector, 'string')
  checkType('prefix', prefix, 'string')
  checkType('id', id, 'function')
  if (typeof room !== 'object') throw invalid('a room', `a value of type ${typeof room}`)
  const root = rootOf(options.within)
  checkSelector(root, selector)
  return new ElementGroup(root, { selector, room, prefix, id: id as (element: ElementShape) => string, plan })
}
