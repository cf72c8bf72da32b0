/** Under this name spans and metrics are found, whoever records them. */
export const scope = '@cb/core';
