/** What is Node's in the types of the package. The types of a page's project lack it; there it is `any`, and no error. */

/** @ts-ignore */
export type IncomingMessage = import('node:http').IncomingMessage

/** @ts-ignore */
export type HttpServer = import('node:http').Server

/** @ts-ignore */
export type Duplex = import('node:stream').Duplex
