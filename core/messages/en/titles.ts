/** What a job is called, before and while it works. */
export const titles = {
  import: ({ name }: { readonly name: string }) => ({ message: `Import ${name}` }),
  relocate: ({ dataset, folder }: { readonly dataset: string; readonly folder: string }) => ({
    message: `Find ${dataset} in ${folder}`,
  }),
  difference: ({ dataset }: { readonly dataset: string }) => ({
    message: `Compare ${dataset} with its files`,
  }),
  train: (values: { readonly config: string; readonly dataset: string; readonly name: string | null }) => ({
    message: `Train ${values.config} on ${values.dataset}${values.name === null ? '' : `: ${values.name}`}`,
  }),
  resume: ({ run }: { readonly run: string }) => ({ message: `Resume ${run}` }),
  evaluate: ({ run }: { readonly run: string }) => ({ message: `Evaluate ${run}` }),
  predict: ({ run }: { readonly run: string }) => ({ message: `Predict with ${run}` }),
  export: ({ run }: { readonly run: string }) => ({ message: `Export ${run}` }),
  install: ({ engine }: { readonly engine: string }) => ({ message: `Install ${engine}` }),
  uninstall: ({ engine }: { readonly engine: string }) => ({ message: `Remove ${engine}` }),
  getWeights: ({ name }: { readonly name: string }) => ({ message: `Get ${name}` }),
  importWeights: ({ name }: { readonly name: string }) => ({ message: `Import weights ${name}` }),
} as const
