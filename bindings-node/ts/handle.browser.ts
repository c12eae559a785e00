/**
 * The client's handle in browsers, for a program that brings its own transport and storage; after `await load()`.
 *
 * @packageDocumentation
 */

export * from './handle/face.js'
