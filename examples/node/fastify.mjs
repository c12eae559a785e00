// A shop on Fastify: the stock and everybody's cart are one room. PORT=3000 ROOMS=rooms node fastify.mjs
//
// Clients fill their carts over WebSockets at /sync, offline too. The host sells what is in a cart, from its stock.
import websocket from '@fastify/websocket'
import fastify from 'fastify'
import { DenyError, Server } from 'syncline'

const names = new Map([['ada-token', 'ada'], ['bob-token', 'bob']]) // real tokens come from a login, and expire

const sync = new Server({
  storage: process.env.ROOMS,
  authorize({ token, room }) {
    const name = names.get(token)
    if (name === undefined) throw new DenyError('Unauthorized')
    return room === 'shop' && { principal: name, write: [`cart/${name}/`] }
  }
})
const shop = sync.room('shop')
await shop.edit(edit => {
  if (edit.get('stock/tea') === undefined) edit.set('stock/tea', 5)
})

const app = fastify()
await app.register(websocket, { options: { maxPayload: 1 << 20 } })
app.get('/sync', { websocket: true }, (socket, request) => void sync.attach(socket, request.raw))

const preHandler = (request, reply, next) => {
  request.who = names.get(request.headers.authorization?.replace('Bearer ', ''))
  if (request.who === undefined) reply.code(401).send({ error: 'no such token' })
  else next()
}
app.get('/stock', { preHandler }, async () => Object.fromEntries(await shop.entries('stock/')))
app.post('/orders/:item', { preHandler }, async ({ who, params: { item } }, reply) => {
  let fits
  const version = await shop.edit(edit => {
    // Both are as they are read here when the edits count. A client wrote the cart: it may be anything.
    const [count, left] = [edit.get(`cart/${who}/${item}`), edit.get(`stock/${item}`) ?? 0]
    fits = Number.isInteger(count) && count > 0 && count <= left
    if (!fits) return
    edit.add(`stock/${item}`, -count)
    edit.delete(`cart/${who}/${item}`)
  })
  if (!fits) return reply.code(409).send({ error: 'nothing in the cart, or too little in stock' })
  return reply.code(201).send({ version })
})

app.addHook('onClose', () => sync.close())
console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }))
process.once('SIGTERM', async () => {
  await sync.windDown({ retryAfter: 1000 }) // clients come back after a second; what they do meanwhile waits in their outboxes
  void app.close()
})
