// Lints the page's scripts: npx eslint@9 --config .eslint.config.mjs assets/js assets/pictures
const browser = ['window', 'document', 'navigator', 'console', 'getComputedStyle', 'MutationObserver', 'ResizeObserver',
  'Blob', 'URL', 'URLSearchParams', 'Event', 'Node', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'atob', 'fetch', 'structuredClone', 'Response',
  'DecompressionStream', 'HTMLElement', 'HTMLInputElement', 'HTMLTextAreaElement', 'requestAnimationFrame', 'queueMicrotask', 'performance'];
const rules = {
  'no-undef': 'error', 'no-unused-vars': 'error', 'no-var': 'error', 'prefer-const': 'error', eqeqeq: 'error',
  'no-implicit-globals': 'error', 'no-shadow': 'error', 'no-unreachable': 'error', 'no-dupe-keys': 'error',
  // Text from users and tokenizers goes in through textContent, never as markup or code.
  'no-eval': 'error', 'no-implied-eval': 'error', 'no-new-func': 'error',
  'no-restricted-properties': ['error', { object: 'document', property: 'write', message: 'Use textContent.' },
    ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((property) => ({ property, message: 'Use textContent.' }))],
};

export default [{
  files: ['assets/js/*.js', 'assets/pictures/*.js'],
  languageOptions: {
    ecmaVersion: 2022,
    sourceType: 'script',
    globals: { Playground: 'writable', ...Object.fromEntries(browser.map((name) => [name, 'readonly'])) },
  },
  rules,
}];
