// The page: one client and one room for all components.
import { mount } from 'svelte'
import { connect } from 'syncline'
import { options, url } from '../where.js'
import App from './App.svelte'

const client = await connect(url, options)
mount(App, { target: document.getElementById('root'), props: { client, room: client.room('list') } })
