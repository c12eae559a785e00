import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [vue()],
  build: { target: 'es2022', outDir: '../dist/vue', emptyOutDir: true },
  server: { proxy: { '/sync': { target: 'ws://localhost:4000', ws: true } } },
})
