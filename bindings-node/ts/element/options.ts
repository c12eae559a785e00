/** How elements are observed, as it is asked for and as it is. */

import { checkNames, checkSignal, checkType, invalid } from '../refusal.js'
import type { ViewOptions } from './crossings.js'
import { type Pause, PAUSE } from './quiet.js'
import { isRoot, pageDocument, type RootShape } from './shape.js'
import type { StatePresence, StateRoom } from './sink.js'
import { type Bounds, BOUNDS, SECRECY, type Wanted } from './state.js'

/** How an observation ended, or that it goes on: `collected` is that nobody could put the element back into the page. */
export type ObservationStatus = 'observing' | 'closed' | 'roomClosed' | 'collected'

/** How elements are observed; all of it is optional. */
export interface WatchOptions extends ViewOptions {
  /** Where a selector is looked up: a document or a shadow root; the page's document by default. */
  within?: RootShape | undefined
  /** Steps of `intersectionRatio` from 0 to 1; 100 by default, which are two decimals. */
  ratioSteps?: number | undefined
  /**
   * Which attributes count: those of these names, none, or all, which is the default. The value of a password is never
   * said; the `value` of other inputs, the `content` of `meta`, `nonce` and `srcdoc` only if they are named.
   */
  attributes?: readonly string[] | false | undefined
  /** How much is said of an element at most. */
  bounds?: Partial<Bounds> | undefined
  /** When a burst of changes is over. */
  debounce?: Partial<Pause> | undefined
  /** Ends the observation when it is aborted. */
  signal?: AbortSignal | undefined
  /** Takes what the room refuses, at once or later, and what functions of the application throw. Without it, such errors are uncaught exceptions. */
  onError?: ((error: Error) => void) | undefined
  /** Told once, when the observation has ended. */
  onEnd?: ((status: Exclude<ObservationStatus, 'observing'>) => void) | undefined
}

/** Where a state goes: a key of a room, a member of presence, or nowhere. */
export type Target =
  | { room: StateRoom; key: string; presence?: undefined; field?: undefined }
  | { presence: StatePresence; field: string; room?: undefined; key?: undefined }
  | { room?: undefined; key?: undefined; presence?: undefined; field?: undefined }

/** How one element is observed, and where its state goes. */
export type ObserveOptions = WatchOptions & Target

const WATCH = [
  'within', 'root', 'rootMargin', 'thresholds', 'ratioSteps', 'attributes', 'bounds', 'debounce', 'signal', 'onError', 'onEnd',
]
const THRESHOLDS = [0, 0.25, 0.5, 0.75, 1]

/** Options of which all is known. @internal */
export interface Plan {
  readonly wanted: Wanted
  /** Attributes whose changes count; `undefined` is all. */
  readonly names: readonly string[] | undefined
  readonly view: ViewOptions
  readonly pause: Pause
  readonly onError: WatchOptions['onError']
  readonly onEnd: WatchOptions['onEnd']
  readonly signal: AbortSignal | undefined
}

function numbers<T extends object>(what: string, given: Partial<T> | undefined, defaults: T): T {
  if (given === undefined) return defaults
  checkNames(what, given, Object.keys(defaults))
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw invalid(`a number of at least 0 as ${name}`, String(value))
    }
  }
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
}

function checkAttributes(attributes: unknown): void {
  if (attributes === undefined || attributes === false) return
  if (Array.isArray(attributes) && attributes.every((name) => typeof name === 'string')) return
  throw invalid('a list of names, or false, as attributes', typeof attributes)
}

/** The attributes whose changes may change what is said. */
function watched(names: readonly string[] | undefined): readonly string[] | undefined {
  // Observers of pages tell of attributes with a namespace only who wants all.
  if (names === undefined || names.some((name) => name.includes(':'))) return undefined
  return [...new Set([...names.flatMap((name) => [name, name.toLowerCase()]), 'class', ...(names.length > 0 ? SECRECY : [])])]
}

/** Refuses options that are not what they are to be. @internal */
export function planOf(what: string, options: WatchOptions, others: readonly string[]): Plan {
  checkNames(what, options, [...WATCH, ...others])
  const { root, rootMargin, thresholds = THRESHOLDS, ratioSteps = 100, attributes, signal, onError, onEnd } = options
  checkSignal(signal)
  checkAttributes(attributes)
  if (rootMargin !== undefined) checkType('rootMargin', rootMargin, 'string')
  if (onError !== undefined) checkType('onError', onError, 'function')
  if (onEnd !== undefined) checkType('onEnd', onEnd, 'function')
  if (!Array.isArray(thresholds)) throw invalid('a list of ratios as thresholds', typeof thresholds)
  if (!Number.isInteger(ratioSteps) || ratioSteps < 1) throw invalid('a whole number of at least 1 as ratioSteps', String(ratioSteps))
  const names = attributes === undefined ? undefined : attributes === false ? [] : attributes
  return {
    wanted: { names, bounds: numbers('bounds', options.bounds, BOUNDS), steps: ratioSteps },
    names: watched(names),
    view: { root, rootMargin, thresholds },
    pause: numbers('debounce', options.debounce, PAUSE),
    onError, onEnd, signal,
  }
}

/** Where selectors are looked up. @internal */
export function rootOf(within: unknown): RootShape {
  if (within === undefined) return pageDocument()
  if (isRoot(within)) return within
  throw invalid('a document or a shadow root as within', within === null ? 'null' : `a value of type ${typeof within}`)
}

/** Refuses what no page takes as a selector. @internal */
export function checkSelector(root: RootShape, selector: string): void {
  try {
    root.querySelector(selector)
  } catch {
    throw invalid('a selector', selector)
  }
}

/** Refuses half a target, and two. @internal */
export function checkTarget({ room, key, presence, field }: ObserveOptions): void {
  if (room !== undefined && presence !== undefined) throw invalid('either room and key, or presence and field', 'both')
  if (room !== undefined) checkType('key', key, 'string')
  else if (key !== undefined) throw invalid('a room with key', 'a key alone')
  if (presence !== undefined) checkType('field', field, 'string')
  else if (field !== undefined) throw invalid('presence with field', 'a field alone')
}
