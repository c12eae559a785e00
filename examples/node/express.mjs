// A shop on Express: the stock and everybody's cart are one room. PORT=3000 ROOMS=rooms node express.mjs
//
// Clients fill their carts over WebSockets at /sync, offline too. The host sells what is in a cart, from its stock.
import express from 'express'
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

const app = express()
app.use((request, response, next) => {
  request.who = names.get(request.get('authorization')?.replace('Bearer ', ''))
  if (request.who === undefined) response.status(401).json({ error: 'no such token' })
  else next()
})
app.get('/stock', async (request, response) => {
  response.json(Object.fromEntries(await shop.entries('stock/')))
})
app.post('/orders/:item', async ({ who, params: { item } }, response) => {
  let fits
  const version = await shop.edit(edit => {
    // Both are as they are read here when the edits count. A client wrote the cart: it may be anything.
    const [count, left] = [edit.get(`cart/${who}/${item}`), edit.get(`stock/${item}`) ?? 0]
    fits = Number.isInteger(count) && count > 0 && count <= left
    if (!fits) return
    edit.add(`stock/${item}`, -count)
    edit.delete(`cart/${who}/${item}`)
  })
  if (fits) response.status(201).json({ version })
  else response.status(409).json({ error: 'nothing in the cart, or too little in stock' })
})

const http = app.listen(process.env.PORT ?? 3000, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`))
http.on('upgrade', (request, socket, head) => {
  if (request.url === '/sync') sync.upgrade(request, socket, head)
  else socket.destroy()
})
process.once('SIGTERM', async () => {
  await sync.windDown({ retryAfter: 1000 }) // clients come back after a second; what they do meanwhile waits in their outboxes
  http.close(() => sync.close())
})
