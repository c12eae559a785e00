import { edit } from './program.js'

globalThis.onmessage = async ({ data }) => {
  postMessage(await edit(...data).catch((error) => String(error)))
}
