/** syncline in browsers: state in sync between clients and a server. */

export * from './face.js'
