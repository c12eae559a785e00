import { connect } from 'syncline'

/** Makes an edit, and gives what became of it. */
export async function edit(url, key) {
  const client = await connect(url, { token: 'ada', storage: key })
  const { kind } = await client.room('cart').set(key, 1).settled
  const { storage } = client
  client.close()
  return `${kind} ${storage}`
}
