// Many workers, several at a time, each of which ends in one of the ways with everything open.
import { Worker } from 'node:worker_threads'

const [folder, count] = process.argv.slice(2)
const ends = ['exit', 'exit in a listener', 'throw', 'throw in a listener', 'close and exit', 'nothing left', 'terminated']

async function one(at) {
  const end = ends[at % ends.length]
  const worker = new Worker(new URL('leaving.js', import.meta.url), { workerData: { folder, end } })
  let error
  worker.on('error', (thrown) => { error = thrown.message })
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  await new Promise((resolve) => worker.once('message', resolve))
  if (end === 'terminated') await worker.terminate()
  const code = await ended
  const thrown = end.startsWith('throw')
  if (code !== (thrown || end === 'terminated' ? 1 : 0) || error !== (thrown ? 'on purpose' : undefined)) {
    throw new Error(`${end}: ${code} ${error}`)
  }
}

let next = 0
const turns = async () => { while (next < Number(count)) await one(next++) }
await Promise.all([turns(), turns(), turns()])
console.log('all ended')
