// A shop on Fastify: the stock and everybody's cart are one room. PORT=3000 node fastify.mjs [DIRECTORY]
//
// Clients fill their own carts over WebSockets at /sync, offline too. Only the host writes the stock, and it sells a cart whole.
import websocket from '@fastify/websocket'
import fastify from 'fastify'
import { DenyError, Server } from 'syncline'

// Real tokens come from a login, and expire.
const names = new Map([['ada-token', 'ada'], ['bob-token', 'bob'], ['keeper-token', 'keeper']])

const sync = new Server({
  storage: process.argv[2],
  authorize({ token, room }) {
    const name = names.get(token)
    if (name === undefined) throw new DenyError('Unauthorized')
    return room === 'shop' && { principal: name, write: [`cart/${name}/`] }
  }
})
const shop = sync.room('shop')

const app = fastify()
await app.register(websocket, { options: { maxPayload: 1 << 20 } })
app.get('/sync', { websocket: true }, (socket, request) => void sync.attach(socket, request.raw))

const who = (request, reply, next) => {
  request.who = names.get(request.headers.authorization?.replace('Bearer ', ''))
  if (request.who === undefined) reply.code(401).send({ error: 'no such token' })
  else next()
}
app.get('/stock', { preHandler: who }, async () => Object.fromEntries(await shop.entries('stock/')))

const body = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] }
app.put('/stock/:item', { preHandler: who, schema: { body } }, async (request, reply) => {
  if (request.who !== 'keeper') return reply.code(403).send({ error: 'for the keeper only' })
  return { version: await shop.set(`stock/${request.params.item}`, request.body.count) }
})
app.post('/orders', { preHandler: who }, async ({ who }, reply) => {
  let sold = []
  const version = await shop.edit(edit => {
    // A client wrote the cart: it may be anything. What is read here has not changed when the edits count.
    const cart = Object.entries(edit.get(`cart/${who}/items`) ?? {})
    const inStock = ([item, count]) => Number.isInteger(count) && count > 0 && count <= (edit.get(`stock/${item}`) ?? 0)
    sold = cart.every(inStock) ? cart : []
    for (const [item, count] of sold) edit.add(`stock/${item}`, -count)
    if (sold.length > 0) edit.delete(`cart/${who}/items`)
  })
  if (sold.length === 0) return reply.code(409).send({ error: 'nothing to sell, or not enough of it' })
  return reply.code(201).send({ version, sold: Object.fromEntries(sold) })
})

app.addHook('onClose', () => sync.close())
console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }))
process.once('SIGTERM', () => {
  sync.shutdown(1000) // clients come back after a second; what they do meanwhile waits in their outboxes
  void app.close()
})
