/** What watching a view asks of the engine, in Node. */

import { backend as whole } from '../native.js'
import type { ViewBackend } from './backend.js'

/** @internal */
export type WatchingBackend = Pick<ViewBackend, 'clientWatch' | 'clientUnwatch' | 'clientViewChange' | 'clientViewHtml' | 'clientViewMetrics'>

/** @internal */
export const backend: WatchingBackend = whole
