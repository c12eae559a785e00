// A client in a worker thread, which is left open.
import { parentPort, workerData } from 'node:worker_threads'

import { connect } from 'syncline'

const client = await connect(workerData, { token: 'worker' })
const { kind } = await client.room('cart').set('from', 'worker').settled
parentPort.postMessage(kind)
parentPort.once('message', () => {})
