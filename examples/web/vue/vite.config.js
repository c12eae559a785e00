import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { server } from '../dev.js'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [vue()],
  build: { target: 'es2022', outDir: '../dist/vue', emptyOutDir: true },
  server,
})
