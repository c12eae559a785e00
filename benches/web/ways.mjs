/** What is measured beside each other: the same edits of the same keys, by different libraries and settings. */

export const WAYS = [
  { id: 'ours', name: 'syncline', file: 'syncline.js', path: '/rooms', options: { durable: true } },
  { id: 'ours-memory', name: 'syncline, in memory', file: 'syncline.js', path: '/rooms', options: {} },
  { id: 'ours-now', name: 'syncline, in memory, each edit at once', file: 'syncline.js', path: '/rooms', options: { now: true } },
  { id: 'yjs', name: 'Yjs, y-websocket', file: 'yjs.js', path: '/yjs', options: {} },
  { id: 'yjs-durable', name: 'Yjs, y-websocket, y-indexeddb', file: 'yjs.js', path: '/yjs', options: { durable: true } },
  { id: 'hand', name: 'JSON by hand', file: 'hand.js', path: '/hand', options: {} },
]
