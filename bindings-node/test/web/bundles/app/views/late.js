// What is imported for nothing but which engine is loaded.
import 'syncline/views'
import { connect } from 'syncline'

globalThis.show = async (url) => {
  const client = await connect(url, { token: 'ada' })
  const { show } = await import('./show.js')
  const { mount } = await import('syncline/views')
  return show(client, mount)
}
