const feature = '^src/features/([^/]+)/';
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid('no-cycles', 'No file reaches itself.', {}, { circular: true }),
    forbid(
      'platform-knows-no-feature',
      'Platform imports nothing above it.',
      { path: '^src/platform/' },
      { path: '^src/(?!platform/)' },
    ),
    forbid(
      'features-know-no-process',
      'Features never import what composes or starts them.',
      { path: '^src/features/' },
      { path: '^src/([^/]+\\.ts|commands/)' },
    ),
    forbid(
      'only-app-mounts-routes',
      'Routes are mounted by name in app.ts alone.',
      { path: '^src/', pathNot: '^src/app\\.ts$' },
      { path: '/routes\\.ts$' },
    ),
    forbid(
      'parts-of-routes',
      'A part of the routes of a feature is mounted by its routes.ts alone.',
      { path: '^src/', pathNot: '/routes\\.ts$' },
      { path: '-routes\\.ts$' },
    ),
    forbid(
      'tables-import-tables',
      'Tables know tables and columns alone.',
      { path: '^src/features/.*/tables\\.ts$' },
      { path: '^src/', pathNot: ['/tables\\.ts$', '^src/platform/columns\\.ts$'] },
    ),
    forbid(
      'rules-are-pure',
      'Rules do no input or output: no database, no HTTP, no other file than pure ones.',
      { path: '^src/features/.*/((rules|identifiers|incidence|distribution|windows|points)\\.ts$|kernel/)' },
      {
        path: ['^src/', 'node_modules/(drizzle-orm|postgres|fastify)'],
        pathNot: [
          '/(rules|identifiers|incidence|schemas)\\.ts$',
          '/kernel/',
          '^src/platform/(problem|handshake)\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'routes-touch-no-table',
      'Routes call a verb; SQL is written there.',
      { path: '^src/features/.*routes\\.ts$' },
      { path: ['/tables\\.ts$', 'node_modules/(drizzle-orm|postgres)/'] },
    ),
    forbid(
      'front-doors',
      'Another feature is entered by its front door (the file with its name) or its tables.',
      { path: feature },
      {
        path: '^src/features/',
        pathNot: [
          '^src/features/$1/',
          '^src/features/([^/]+)/(\\1|tables)\\.ts$',
          '^src/features/policy/',
          '/organisations/identifiers\\.ts$',
        ],
      },
    ),
    forbid('no-orphans', 'Every file is used.', { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, {}),
  ],
  required: [],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
