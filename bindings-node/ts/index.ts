/** Keeps state in sync between clients and a server. */

export * from './handle.js'
