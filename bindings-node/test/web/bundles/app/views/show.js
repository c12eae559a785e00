/** Shows a view, and makes an edit by it. */
export async function show(client, mount) {
  const room = client.room('cart')
  const element = document.querySelector('main')
  const { ready } = mount(room, 'cart', element, { actions: { add: () => { room.add('count', 1) } } })
  await ready
  element.querySelector('button').click()
}
