/**
 * Views of rooms in browsers: what a server renders, shown in a page. Importing it has the engine with views loaded.
 *
 * @packageDocumentation
 */

import { prefer } from './wasm/load.js'

export type { ActionEvent, Actions } from './dom/actions.js'
export { mount, Mount, type MountOptions } from './dom/mount.js'
export type { ScreenMetrics } from './view/screen.js'
export { ClientViews, RoomView, type RoomViewEvents, watch } from './view/watching.js'

prefer(() => new URL('./views.wasm', import.meta.url))
