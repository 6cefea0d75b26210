import { render } from 'preact';
import { App, prepare } from './app.tsx';
import { followLinks } from './lib/router.ts';
import { applyTheme, currentTheme } from './lib/theme.ts';
import './styles/index.css';

applyTheme(currentTheme());
followLinks(prepare);
render(<App />, document.getElementById('app') as HTMLElement);
