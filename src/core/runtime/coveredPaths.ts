/**
 * Where answers hide inside a machine that has never heard of the competition: libraries that
 * ship data sets with their targets, and a Debian system's lists of packages. Both runtimes put
 * an empty mount over each of these, with any image. Patterns match whole paths; `*` matches
 * within one folder name, a leading `**` any parents.
 */
export const coveredDirectories: readonly string[] = [
  // scikit-learn: iris, wine, breast cancer, digits, diabetes …, and what its tests use
  '**/sklearn/datasets/data',
  '**/sklearn/datasets/tests/data',
  // data-set packages for plotting and teaching, in Python
  '**/palmerpenguins/data',
  '**/vega_datasets/_data',
  '**/bokeh/sampledata/_data',
  '**/bokeh_sampledata/_data',
  '**/plotly/package_data/datasets',
  '**/pydataset/resources',
  '**/mlxtend/data/data',
  '**/Orange/datasets',
  '**/sklego/data',
  '**/sktime/datasets/data',
  '**/aeon/datasets/data',
  '**/lifelines/datasets',
  '**/arviz/data/example_data',
  '**/pandas/tests',
  '**/seaborn-data',
  '**/scikit_learn_data',
  // … and in R
  '**/site-library/palmerpenguins',
  '**/library/palmerpenguins',
  '**/library/datasets/data',
  '**/site-library/modeldata',
  '**/library/modeldata',
  // breast cancer (mclust, dslabs) and diabetes (lars); only the data, the packages still work
  '**/site-library/lars/data',
  '**/library/lars/data',
  '**/site-library/mclust/data',
  '**/library/mclust/data',
  '**/site-library/dslabs/data',
  '**/library/dslabs/data',
  // Debian: name, description and section of every package
  '/var/lib/apt',
  '/var/lib/dpkg',
  '/var/lib/apt-xapian-index',
  '/var/lib/app-info',
  '/var/lib/swcatalog',
  '/var/lib/debtags',
  '/var/lib/PackageKit',
  '/var/cache/apt',
  '/var/cache/debconf',
  '/var/cache/PackageKit',
  '/var/cache/app-info',
  '/var/cache/swcatalog',
  '/usr/share/app-info',
  '/usr/share/swcatalog',
  '/usr/share/metainfo',
  '/usr/share/appdata',
  '/usr/share/doc',
  '/usr/share/doc-base',
  '/usr/share/lintian',
  '/usr/share/bug',
];

/** Single files, covered by an empty one. */
export const coveredFiles: readonly string[] = [
  '**/statsmodels/datasets/*/*.csv',
  '**/statsmodels/datasets/*/*.dta',
  '**/river/datasets/*.csv',
  '**/river/datasets/*.zip',
  // packed copies in a conda installation's package cache
  '**/pkgs/scikit-learn-*.conda',
  '**/pkgs/scikit-learn-*.tar.bz2',
  '**/pkgs/vega_datasets-*.conda',
  '**/pkgs/vega_datasets-*.tar.bz2',
];
