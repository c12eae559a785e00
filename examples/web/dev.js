// What the three pages say to Vite about `npm run dev`: the room is that of `npm start`, and which folders are served.
import { realpathSync } from 'node:fs'
import { join } from 'node:path'

const home = import.meta.dirname

export const server = {
  proxy: { '/sync': { target: 'ws://localhost:4000', ws: true } },
  // Here syncline is a link to a folder outside of this one, and its engine is a file that the page fetches.
  fs: { allow: [home, realpathSync(join(home, 'node_modules/syncline'))] },
}
