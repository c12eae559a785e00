import { load } from 'syncline'
import place from 'syncline/syncline.wasm'

import { edit } from './program.js'

globalThis.edit = async (...args) => {
  await load(new URL(place, import.meta.url))
  return edit(...args)
}
