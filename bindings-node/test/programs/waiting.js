// Waits for a server that is not there yet, with nothing else that keeps the process.
import { connect } from 'syncline'

const [url, what] = process.argv.slice(2)
const client = await connect(url, { token: 'ada', timing: { backoff_first_ms: 50, backoff_most_ms: 200 } })
const room = client.room('cart')
const edit = room.set('a', 1)

// A back-off has begun: no socket is under way.
await new Promise((resolve) => {
  client.ref()
  client.once('failed', resolve)
  client.on('status', ({ status }) => { if (status === 'degraded') resolve() })
})
client.unref()
console.log('waiting')
if (what === 'settled') await edit.settled
if (what === 'flush') await client.flush()
if (what === 'ready') await room.ready
if (what === 'changes') for await (const { origin } of room.changes()) if (origin === 'remote') break
if (what === 'ref') {
  client.ref()
  await new Promise((resolve) => room.once('ready', resolve))
  client.close()
}
console.log('done')
