/** How much of a project is written in a language. */
export interface LanguageShare {
  language: string;
  files: number;
  lines: number;
  /** Of the lines of all files whose language is known, 0 to 1. */
  share: number;
}

const extensionsByLanguage: Readonly<Record<string, string>> = {
  Assembly: 'asm s',
  Astro: 'astro',
  Batchfile: 'bat cmd',
  C: 'c h',
  'C#': 'cs csx',
  'C++': 'cc cpp cxx c++ hh hpp hxx h++ ipp inl tpp',
  Clojure: 'clj cljs cljc edn',
  CMake: 'cmake',
  CSS: 'css',
  CSV: 'csv tsv',
  CUDA: 'cu cuh',
  D: 'd',
  Dart: 'dart',
  Elixir: 'ex exs',
  Elm: 'elm',
  Erlang: 'erl hrl',
  'F#': 'fs fsi fsx',
  Fortran: 'f f77 f90 f95 f03 f08 for',
  Go: 'go',
  GraphQL: 'graphql gql graphqls',
  Groovy: 'groovy gradle gvy',
  Haskell: 'hs lhs',
  HCL: 'hcl tf tfvars',
  HTML: 'html htm xhtml',
  INI: 'ini cfg conf properties',
  Java: 'java',
  JavaScript: 'js mjs cjs jsx',
  JSON: 'json jsonc json5 jsonl ndjson webmanifest',
  Julia: 'jl',
  'Jupyter Notebook': 'ipynb',
  Kotlin: 'kt kts',
  Less: 'less',
  'Common Lisp': 'lisp lsp cl',
  Lua: 'lua',
  Makefile: 'mk mak',
  Markdown: 'md mdx markdown',
  MATLAB: 'matlab',
  Nim: 'nim nims',
  Nix: 'nix',
  'Objective-C': 'm',
  'Objective-C++': 'mm',
  OCaml: 'ml mli',
  Pascal: 'pas pp dpr',
  Perl: 'pl pm t',
  PHP: 'php phtml',
  PowerShell: 'ps1 psm1 psd1',
  Prolog: 'pro prolog',
  'Protocol Buffers': 'proto',
  Python: 'py pyi pyw pyx',
  R: 'r rmd',
  Racket: 'rkt',
  reStructuredText: 'rst',
  Ruby: 'rb rake gemspec ru erb',
  Rust: 'rs',
  Sass: 'sass scss',
  Scala: 'scala sc sbt',
  Scheme: 'scm ss',
  Shell: 'sh bash zsh fish ksh',
  Solidity: 'sol',
  SQL: 'sql psql',
  Starlark: 'bzl star',
  Svelte: 'svelte',
  Swift: 'swift',
  SystemVerilog: 'sv svh',
  Tcl: 'tcl',
  TeX: 'tex sty cls bib',
  TOML: 'toml',
  TypeScript: 'ts mts cts tsx',
  Verilog: 'v vh',
  VHDL: 'vhd vhdl',
  'Vim Script': 'vim',
  'Visual Basic .NET': 'vb',
  Vue: 'vue',
  WebAssembly: 'wat wast',
  XML: 'xml xsd xsl xslt svg plist csproj fsproj vbproj props targets',
  YAML: 'yaml yml',
  Zig: 'zig',
};

const languageByExtension = new Map<string, string>(
  Object.entries(extensionsByLanguage).flatMap(([language, extensions]) =>
    extensions.split(' ').map((extension) => [extension, language] as const),
  ),
);

const languageByName: Readonly<Record<string, string>> = {
  dockerfile: 'Dockerfile',
  containerfile: 'Dockerfile',
  makefile: 'Makefile',
  gnumakefile: 'Makefile',
  'cmakelists.txt': 'CMake',
  rakefile: 'Ruby',
  gemfile: 'Ruby',
  jenkinsfile: 'Groovy',
  build: 'Starlark',
  'build.bazel': 'Starlark',
  workspace: 'Starlark',
};

/** Written by package managers: counting them would make JSON or YAML the language of half of all projects. */
const lockFiles = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'composer.lock',
  'poetry.lock',
  'cargo.lock',
  'uv.lock',
]);

/** The language that a file is written in by its name, or null where its name does not tell. */
export function languageOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (lockFiles.has(name)) return null;
  if (Object.hasOwn(languageByName, name)) return languageByName[name] as string;
  if (name.startsWith('dockerfile.') || name.endsWith('.dockerfile')) return 'Dockerfile';
  const dot = name.lastIndexOf('.');
  return dot === -1 ? null : (languageByExtension.get(name.slice(dot + 1)) ?? null);
}

/** Makes shares of counts per language, the largest first. */
export function languageShares(counts: readonly { language: string; files: number; lines: number }[]): LanguageShare[] {
  const total = counts.reduce((sum, { lines }) => sum + lines, 0);
  return counts
    .map(({ language, files, lines }) => ({ language, files, lines, share: total === 0 ? 0 : lines / total }))
    .sort((a, b) => b.lines - a.lines || (a.language < b.language ? -1 : 1));
}
