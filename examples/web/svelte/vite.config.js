import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte({ configFile: false })],
  build: { target: 'es2022', outDir: '../dist/svelte', emptyOutDir: true },
  server: { proxy: { '/sync': { target: 'ws://localhost:4000', ws: true } } },
})
