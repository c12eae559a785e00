/** What watching a view asks of the engine, in browsers. */

export { backend } from '../wasm/watching.js'
