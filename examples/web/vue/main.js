// The page: one client and one room for all components.
import { connect } from 'syncline'
import { createApp } from 'vue'
import { options, url } from '../where.js'
import App from './App.vue'

const client = await connect(url, options)
createApp(App, { client, room: client.room('list') }).mount('#root')
