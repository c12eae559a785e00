// A server and a client in a program of CommonJS.
const { connect, Server } = require('syncline')

async function main() {
  const server = new Server({ authorize: ({ token }) => ({ principal: token, write: true }) })
  const { url } = await server.listen({ port: 0, host: '127.0.0.1' })
  const client = await connect(url, { token: 'ada' })
  const { kind } = await client.room('cart').set('total', 15).settled
  console.log(kind, await server.room('cart').get('total'))
  client.close()
  await server.close()
}

void main()
