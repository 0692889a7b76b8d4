import { LogTab } from '~/features/log/log-tab.tsx';

export default LogTab;
