// Starts the page.

byId('filter').addEventListener('input', renderList);
byId('pause').addEventListener('click', pause);
byId('clear').addEventListener('click', () => attempt(clear));
byId('invoke').addEventListener('click', () => attempt(invoke));
byId('form-sample').addEventListener('change', () => attempt(sample));
byId('form-send').addEventListener('click', send);
byId('rows').addEventListener('keydown', moveInList);
attempt(loadService);
connect();
