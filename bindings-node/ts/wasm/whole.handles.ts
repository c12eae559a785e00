/** Both ends over the whole engine in WebAssembly. */

export * from '../handle.js'
export { loadFrom } from './whole.js'
