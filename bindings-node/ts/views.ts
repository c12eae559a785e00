/**
 * Views: user interfaces that a server renders, and screens that follow at any pace; in Node.
 *
 * @packageDocumentation
 */

export { bind, type BindOptions, type Bound, type EachItem, type Transform } from './view/bind.js'
export { each, type Each, type Key } from './view/each.js'
export { type Element, type Fragment, fragment, h, type Props, type Raw, raw } from './view/element.js'
export { html, type Result } from './view/result.js'
export { Screen, type ScreenMetrics } from './view/screen.js'
export type { Shown } from './view/shadow.js'
export { type Cursor, View, type ViewOptions } from './view/view.js'
export { ClientViews, RoomView, type RoomViewEvents, watch } from './view/watching.js'
export type { Json } from './value.js'
