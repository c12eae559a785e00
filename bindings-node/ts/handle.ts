/**
 * The engine's handles, for a program that brings its own transport.
 *
 * @packageDocumentation
 */

export * from './handle/face.js'
export type { ServerOutput } from './handle/outputs.js'
export { ServerHandle } from './handle/server.js'
