import { edit } from './program.js'

globalThis.edit = edit
globalThis.editInWorker = (url, key) => new Promise((resolve, reject) => {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }) => { resolve(data) }
  worker.onerror = ({ message }) => { reject(new Error(message)) }
  worker.postMessage([url, key])
})
