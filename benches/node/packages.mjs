/** What is measured: the package as it was built beside this, and the WebSocket library that it uses. */

import { createRequire } from 'node:module'

export { connect, Server } from '../../bindings-node/dist/esm/index.js'
export { ClientHandle, Edits, ServerHandle } from '../../bindings-node/dist/esm/handle.js'

const require = createRequire(new URL('../../bindings-node/package.json', import.meta.url))
export const { WebSocket, WebSocketServer } = require('ws')
