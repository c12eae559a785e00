/** syncline: state in sync between clients and a server. */

export { type Answer, type Authorize, DenyError, type Grant, type Question } from './authorize.js'
export * from './face.js'
export type { HostEdit, ServerRoom } from './hosted.js'
export type { Render, RoomReader, ViewRequest, Views } from './shows.js'
export { Server, type ServerOptions } from './server.js'
export type { ServerEvents, Visit } from './teller.js'
export type { Address, ListenerOptions } from './transport/listener.js'
export type { HandshakeRequest, Origins } from './transport/origin.js'
export type { ServerSocket, WsSocket } from './transport/shape.js'
export type { Write, WriteOptions } from './write.js'
