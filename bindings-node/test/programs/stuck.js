// A function of the application that never answers does not keep a process whose client and server are closed.
import { connect, Server } from 'syncline'

const never = () => new Promise(() => {})
const server = new Server({ policy: { '': 'strict' }, authorize: () => ({ principal: 'ada', write: true }) })
if (process.argv[2] === 'edit') {
  let begun
  const begins = new Promise((resolve) => { begun = resolve })
  const edit = server.room('cart').edit(() => { begun(); return never() })
  await begins
  void server.close()
  await edit.catch(({ code }) => console.log(code))
} else {
  const { url } = await server.listen({ port: 0, host: '127.0.0.1' })
  let asked
  const asks = new Promise((resolve) => { asked = resolve })
  const client = await connect(url, { resolvers: { '': () => { asked(); return never() } } })
  const room = client.room('cart')
  await room.ready
  const writing = server.room('cart').set('a', 1)
  room.set('a', 2)
  await Promise.all([writing, asks])
  console.log(client.close())
  await server.close()
}
console.log('end')
