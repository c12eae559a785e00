// Opens a client and leaves it open: the program ends all the same.
import { connect } from 'syncline'

const [url, mode] = process.argv.slice(2)
const client = await connect(url, { token: 'ada' })
if (mode !== 'no room') {
  const room = client.room('cart')
  room.on('change', () => {})
  if (mode === 'connected') await room.set('a', 1).settled
}
console.log(mode)
