/** syncline in browsers: state in sync between clients and a server. */

export * from './face.js'
export { load } from './native.browser.js'
export type { EngineSource } from './wasm/load.js'
