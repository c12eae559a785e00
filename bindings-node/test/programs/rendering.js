// Renders a page where no engine can be loaded: a server that renders needs none.
process.env.SYNCLINE_NATIVE_LIBRARY = '/nowhere.node'
const { createElement } = await import('react')
const { renderToString } = await import('react-dom/server')
const { SynclineProvider, useSharedState } = await import('syncline/react')

function Part() {
  const { state, status } = useSharedState('cart', 'n', 7)
  return createElement('p', null, `${state} ${status}`)
}

console.log(renderToString(createElement(SynclineProvider, { url: 'ws://127.0.0.1:1' }, createElement(Part))))
