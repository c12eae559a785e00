// A server that says its port: server.mjs PORT DIRECTORY, or `volatile` in the place of the directory, which promises what it cannot
// keep when it is killed.

import { Server } from 'syncline'

const [port, directory] = process.argv.slice(2)
const authorize = ({ token }) => ({ principal: token, write: true })
const server = new Server(directory === 'volatile' ? { authorize } : { authorize, storage: directory })
const { port: bound } = await server.listen({ port: Number(port), host: '127.0.0.1' })
console.log(JSON.stringify({ port: bound }))
