// Lints assets/js: npx eslint@9 --config .eslint.config.mjs assets/js
const browser = ['window', 'document', 'navigator', 'console', 'getComputedStyle', 'MutationObserver', 'ResizeObserver',
  'Blob', 'URL', 'URLSearchParams', 'Event', 'Node', 'setTimeout', 'atob', 'fetch'];
const rules = {
  'no-undef': 'error', 'no-unused-vars': 'error', 'no-var': 'error', 'prefer-const': 'error', eqeqeq: 'error',
  'no-implicit-globals': 'error', 'no-shadow': 'error', 'no-unreachable': 'error', 'no-dupe-keys': 'error',
  // Text from users and tokenizers goes in through textContent, never as markup or code.
  'no-eval': 'error', 'no-implied-eval': 'error', 'no-new-func': 'error',
  'no-restricted-properties': ['error', ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write']
    .map((property) => ({ property, message: 'Use textContent.' }))],
};

export default [{
  files: ['assets/js/*.js'],
  languageOptions: {
    ecmaVersion: 2022,
    sourceType: 'script',
    globals: { Playground: 'writable', ...Object.fromEntries(browser.map((name) => [name, 'readonly'])) },
  },
  rules,
}];
