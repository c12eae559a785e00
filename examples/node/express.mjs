// A shop on Express: the stock and everybody's cart are one room. PORT=3000 node express.mjs [DIRECTORY]
//
// Clients fill their own carts over WebSockets at /sync, offline too. Only the host writes the stock, and it sells a cart whole.
import express from 'express'
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

const app = express()
app.use(express.json())
app.use((request, response, next) => {
  request.who = names.get(request.get('authorization')?.replace('Bearer ', ''))
  if (request.who === undefined) response.status(401).json({ error: 'no such token' })
  else next()
})
app.get('/stock', async (request, response) => {
  response.json(Object.fromEntries(await shop.entries('stock/')))
})
app.put('/stock/:item', async ({ who, params, body }, response) => {
  if (who !== 'keeper') return response.status(403).json({ error: 'for the keeper only' })
  if (!Number.isInteger(body?.count)) return response.status(400).json({ error: 'count: an integer' })
  response.json({ version: await shop.set(`stock/${params.item}`, body.count) })
})
app.post('/orders', async ({ who }, response) => {
  let sold = []
  const version = await shop.edit(edit => {
    // A client wrote the cart: it may be anything. What is read here has not changed when the edits count.
    const cart = Object.entries(edit.get(`cart/${who}/items`) ?? {})
    const inStock = ([item, count]) => Number.isInteger(count) && count > 0 && count <= (edit.get(`stock/${item}`) ?? 0)
    sold = cart.every(inStock) ? cart : []
    for (const [item, count] of sold) edit.add(`stock/${item}`, -count)
    if (sold.length > 0) edit.delete(`cart/${who}/items`)
  })
  if (sold.length > 0) response.status(201).json({ version, sold: Object.fromEntries(sold) })
  else response.status(409).json({ error: 'nothing to sell, or not enough of it' })
})

const http = app.listen(process.env.PORT ?? 3000, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`))
http.on('upgrade', (request, socket, head) => {
  if (request.url === '/sync') sync.upgrade(request, socket, head)
  else socket.destroy()
})
process.once('SIGTERM', () => {
  sync.shutdown(1000) // clients come back after a second; what they do meanwhile waits in their outboxes
  http.close(() => sync.close())
})
