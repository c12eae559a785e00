// Keeps the page's files for when there is no network; what is in the rooms is the engine's business.
const NAME = 'larder'

self.addEventListener('install', event => {
  event.waitUntil((async () => {
    const files = await (await fetch('/files.json')).json()
    await (await caches.open(NAME)).addAll(files)
    await self.skipWaiting()
  })())
})
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

// The network first, so that nobody looks at an old page.
const answer = async request => {
  const kept = await caches.open(NAME)
  try {
    const response = await fetch(request)
    if (response.ok) await kept.put(request, response.clone())
    return response
  } catch (error) {
    const found = await kept.match(request, { ignoreSearch: request.mode === 'navigate' })
    if (found === undefined) throw error
    return found
  }
}
self.addEventListener('fetch', event => {
  const { pathname } = new URL(event.request.url)
  if (event.request.method === 'GET' && !pathname.startsWith('/state/')) event.respondWith(answer(event.request))
})
